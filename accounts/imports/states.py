"""How far an import is, and the jobs that bring it on."""

from api.enums import LabelledEnum

CHECK = "imports.check"
CARRY_OUT = "imports.apply"
UNDO = "imports.deactivate"


class ImportStatus(LabelledEnum):
    """How far an import is."""

    RECEIVED = "received", "Đã nhận, đang kiểm tra", "Received, being checked"
    FAULTY = "faulty", "Có dòng sai", "Has faults"
    READY = "ready", "Sẵn sàng áp dụng", "Ready to be applied"
    APPLYING = "applying", "Đang áp dụng", "Being applied"
    APPLIED = "applied", "Đã áp dụng", "Applied"
    FAILED = "failed", "Không thành", "Failed"
    DEACTIVATING = "deactivating", "Đang ngừng", "Being deactivated"
    DEACTIVATED = "deactivated", "Đã ngừng", "Deactivated"
