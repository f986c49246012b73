"""An id in the place of a receipt is no receipt, however often it is asked for."""

import uuid

import pytest
from django.test import RequestFactory

from api.front import Handler


@pytest.mark.django_db
def test_what_stands_for_a_receipt_reaches_the_view_as_text_each_time() -> None:
    handler = Handler()
    for _ in range(2):
        request = RequestFactory().get(f"/v1/tips/receipts/{uuid.uuid4()}")
        assert isinstance(handler.resolve_request(request).kwargs["code"], str)
        request = RequestFactory().get(f"/v1/tips/{uuid.uuid4()}")
        assert isinstance(handler.resolve_request(request).kwargs["id"], uuid.UUID)
