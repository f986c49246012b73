"""Accounts: one person, one phone number."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from api.ids import uuid7


class User(AbstractBaseUser):
    """A person with an account. `phone` is E.164; without a password the account waits for its activation code.

    `area_id` is where the person belongs (home); null for who belongs nowhere yet. `password_needs_device`: the
    password is shorter than one that may stand alone, so it signs in on enrolled phones only.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    phone = models.TextField(unique=True)
    full_name = models.TextField()
    name_fold = models.TextField()
    name_sort = models.TextField(db_default="", db_collation="C")
    area_id = models.UUIDField(null=True)
    locale = models.TextField(default="vi")
    password_needs_device = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    deactivated_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)
    made_of = models.BinaryField(null=True)

    USERNAME_FIELD = "phone"
    objects = BaseUserManager["User"]()

    class Meta:
        db_table = "user_account"
        indexes = (
            models.Index(fields=["name_sort", "id"], name="user_account_by_name"),
            models.Index(fields=["area_id", "name_sort", "id"], name="user_account_by_area"),
            # Any part of a name or a number may be looked for.
            GinIndex(fields=["name_fold"], name="user_account_name_parts", opclasses=["gin_trgm_ops"]),
            GinIndex(fields=["phone"], name="user_account_phone_parts", opclasses=["gin_trgm_ops"]),
            # Few, and looked for among many.
            models.Index(fields=["name_sort", "id"], name="user_account_inactive", condition=models.Q(is_active=False)),
            models.Index(
                fields=["deactivated_at"],
                name="user_account_to_erase",
                condition=models.Q(is_active=False, erased_at=None),
            ),
            models.Index(
                fields=["name_sort", "id"],
                name="user_account_waiting",
                condition=models.Q(is_active=True, password=""),
            ),
        )
