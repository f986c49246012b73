"""The routes of tips."""

from django.urls import path

from activities.tips.views.keys import PublicTipKeysView, TipKeyEndView, TipKeysView
from activities.tips.views.police import (
    TipAcknowledgeView,
    TipCloseView,
    TipConcludeView,
    TipCountsView,
    TipForwardView,
    TipMessagesView,
    TipSourceView,
    TipVerifyView,
    TipView,
)
from activities.tips.views.sending import (
    PublicTipsView,
    TipChallengeView,
    TipReceiptMessagesView,
    TipReceiptView,
    TipsView,
)

urlpatterns = [
    path("v1/public/tips", PublicTipsView.as_view()),
    path("v1/public/tips/challenge", TipChallengeView.as_view()),
    path("v1/public/tip_keys", PublicTipKeysView.as_view()),
    path("v1/tip_keys", TipKeysView.as_view()),
    path("v1/tip_keys/<uuid:id>/end", TipKeyEndView.as_view()),
    path("v1/tips", TipsView.as_view()),
    path("v1/tips/counts", TipCountsView.as_view()),
    path("v1/tips/receipts/<str:code>", TipReceiptView.as_view()),
    path("v1/tips/receipts/<str:code>/messages", TipReceiptMessagesView.as_view()),
    path("v1/tips/<uuid:id>", TipView.as_view()),
    path("v1/tips/<uuid:id>/acknowledge", TipAcknowledgeView.as_view()),
    path("v1/tips/<uuid:id>/forward", TipForwardView.as_view()),
    path("v1/tips/<uuid:id>/verify", TipVerifyView.as_view()),
    path("v1/tips/<uuid:id>/conclude", TipConcludeView.as_view()),
    path("v1/tips/<uuid:id>/close", TipCloseView.as_view()),
    path("v1/tips/<uuid:id>/messages", TipMessagesView.as_view()),
    path("v1/tips/<uuid:id>/source", TipSourceView.as_view()),
]
