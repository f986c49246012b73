"""How far an import is, and the jobs that bring it on."""

from api.enums import LabelledEnum

CHECK = "imports.check"
CARRY_OUT = "imports.apply"
UNDO = "imports.deactivate"


class ImportStep(LabelledEnum):
    """What is being done right now with an import that is at work."""

    READING = "reading", "Đọc tệp", "Reading the file"
    JUDGING = "judging", "Kiểm tra từng dòng", "Checking row by row"
    PREPARING = "preparing", "Soạn dữ liệu để ghi", "Preparing what will be written"
    WRITING = "writing", "Ghi tất cả cùng lúc", "Writing it all at once"


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


CORRECTABLE = (ImportStatus.FAULTY, ImportStatus.FAILED)
"""What can be brought anew, corrected; nothing of it was written."""
