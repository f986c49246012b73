"""Accounts: one person, one phone number."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from api.ids import uuid7


class User(AbstractBaseUser):
    """A person with an account. `phone` is E.164; without a password the account waits for its activation code.

    `password_needs_device`: the password is shorter than one that may stand alone, so it signs in on enrolled phones
    only.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    phone = models.TextField(unique=True)
    full_name = models.TextField()
    name_fold = models.TextField()
    locale = models.TextField(default="vi")
    password_needs_device = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    deactivated_at = models.DateTimeField(null=True)

    USERNAME_FIELD = "phone"
    objects = BaseUserManager["User"]()

    class Meta:
        db_table = "user_account"
