"""The routes of files beside those that every record type has."""

from django.urls import path

from media.views import MediaCompleteOneView, MediaCompleteView, MediaContentView, MediaUploadView, ReceiptKeysView

urlpatterns = [
    path("v1/media/complete", MediaCompleteView.as_view()),
    path("v1/media/<uuid:id>/complete", MediaCompleteOneView.as_view()),
    path("v1/media/<uuid:id>/upload", MediaUploadView.as_view()),
    path("v1/media/<uuid:id>/content", MediaContentView.as_view()),
    path(".well-known/jwks.json", ReceiptKeysView.as_view()),
]
