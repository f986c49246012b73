"""The answers about imports; class names are the schema names of the document."""

from rest_framework import serializers

from accounts.imports.columns import RowStatus
from accounts.imports.kinds import kind_names, sheet_kinds, sheet_names, thing_names
from accounts.imports.states import ImportStatus, ImportStep
from api.fields import Choice, Flag, Id, Integer, ListOf, Moment, Nested, Text


class ImportRowCounts(Nested):
    """How many rows of a sheet have which status."""

    fault = Integer(help_text="Rows in which something is wrong")  # type: ignore[assignment]
    create = Integer(help_text="Rows that make something")  # type: ignore[assignment]
    change = Integer(help_text="Rows that change what stands")
    unchanged = Integer(help_text="Rows that say what stands already")
    deactivate = Integer(help_text="Rows of people who left")
    warned = Integer(help_text="Rows, of any status, with something worth a look")


class ImportCounts(Nested):
    """Rows by the kind of their sheet, and by their status."""

    locals().update(
        {
            each.name: ImportRowCounts(help_text=f"The sheet of {each.title.en.lower()}")
            for each in sheet_kinds().values()
        }
    )


class ImportSheet(Nested):
    """A sheet of the file: what it was taken for, or why it was left out."""

    name = Text(max_length=200, help_text="Its name in the file")
    kind = Choice(
        choices=sheet_names().choices, allow_null=True, help_text="What it was taken for; null: it was left out"
    )
    rows = Integer(help_text="How many lines with anything in them")
    note = Text(max_length=500, allow_null=True, help_text="Why it was left out, in the reader's language")


class ImportProgress(Nested):
    """How far the check or the application is."""

    done = Integer(help_text="How much of this step is done")
    of = Integer(help_text="How much there is of it; 0 while nobody can say")
    step = Choice(choices=ImportStep.choices, allow_null=True, help_text="What is being done; null: nothing right now")


class ImportProblem(Nested):
    """Why an import failed; `code` is one of `/problems`."""

    code = Text(max_length=60, help_text="Which problem; codes never change")
    title = Text(max_length=200, help_text="What happened, in the reader's language")
    detail = Text(max_length=1000, help_text="What to do about it, in the reader's language")


class Import(Nested):
    """A spreadsheet that was brought, and what became of it."""

    id = Id(help_text="Its id")
    kind = Choice(choices=kind_names().choices, help_text="A whole workbook, or one of its sheets")
    area_id = Id(help_text="The area that it is for, with all below it")
    author_id = Id(help_text="Who brought it")
    filename = Text(max_length=200, help_text="What the file was called")
    size = Integer(help_text="Bytes")
    sha256 = Text(max_length=64, help_text="The file's SHA-256, in hex")
    status = Choice(choices=ImportStatus.choices, help_text="How far it is")
    progress = ImportProgress(help_text="How far the work at hand is")
    counts = ImportCounts(help_text="What its rows amount to, once it is checked")
    sheets = ListOf(child=ImportSheet(), help_text="The sheets of the file, once it is checked")
    corrects_id = Id(allow_null=True, help_text="The import that went wrong, and which this one brings anew")
    corrected_by_id = Id(allow_null=True, help_text="The latest import that brings this one anew")
    problem = ImportProblem(allow_null=True, help_text="Why it failed; null if it didn't")
    created_at = Moment(help_text="When it was brought")
    checked_at = Moment(allow_null=True, help_text="When the check ended")
    applied_at = Moment(allow_null=True, help_text="When it was applied")
    deactivated_at = Moment(allow_null=True, help_text="When what it made was deactivated")


class ImportList(serializers.Serializer):
    """Imports, the newest first."""

    items = ListOf(child=Import(), help_text="The imports of this page")
    next_cursor = Text(max_length=500, allow_null=True, help_text="The cursor of the next page; null on the last")


class ImportFault(Nested):
    """Something wrong in a row."""

    column = Text(max_length=200, allow_blank=True, help_text="The column's name on the wire; empty: the whole row")
    title = Text(max_length=200, allow_blank=True, help_text="What people call the column")
    value = Text(max_length=200, allow_blank=True, help_text="What stands there")
    code = Text(max_length=60, help_text="Which fault; codes never change")
    detail = Text(max_length=1000, help_text="What to correct, in the reader's language")


class ImportChange(Nested):
    """What a row changes."""

    column = Text(max_length=60, help_text="The column's name on the wire")
    title = Text(max_length=200, help_text="What people call the column")
    before = Text(max_length=500, allow_blank=True, help_text="What stood, as text")
    after = Text(max_length=500, allow_blank=True, help_text="What it says, as text")


class ImportRow(Nested):
    """A row of the file and its verdict."""

    no = Integer(help_text="Its number through all sheets, from 0")
    kind = Choice(choices=sheet_names().choices, help_text="The kind of its sheet")
    sheet = Text(max_length=200, help_text="The sheet's name")
    line = Integer(help_text="The line in the sheet, as Excel numbers it")
    status = Choice(choices=RowStatus.choices, help_text="What it amounts to")
    label = Text(max_length=500, allow_blank=True, help_text="Whom or what it is about")  # type: ignore[assignment]
    faults = ListOf(child=ImportFault(), help_text="All that is wrong with it")  # type: ignore[assignment]
    warnings = ListOf(child=ImportFault(), help_text="What is worth a look; it is carried out all the same")
    changes = ListOf(child=ImportChange(), help_text="What it changes")


class ImportRowList(serializers.Serializer):
    """Rows in the file's order."""

    items = ListOf(child=ImportRow(), help_text="The rows of this page")
    next_cursor = Text(max_length=500, allow_null=True, help_text="The cursor of the next page; null on the last")


class ImportThing(Nested):
    """Something that an import made."""

    type = Choice(choices=thing_names().choices, help_text="What it is")
    id = Id(help_text="Its id")
    no = Integer(help_text="The number of the row that made it")


class ImportThingList(serializers.Serializer):
    """What an import made, in the order of its rows."""

    items = ListOf(child=ImportThing(), help_text="The things of this page")
    next_cursor = Text(max_length=500, allow_null=True, help_text="The cursor of the next page; null on the last")


class ImportUndoRequest(serializers.Serializer):
    """`dry_run` true only says what would be done."""

    dry_run = Flag(help_text="Whether to say only what would be done")


class ImportUndoCount(Nested):
    """What is deactivated of one type of things, and what stays because it was changed since or is in use."""

    type = Choice(choices=thing_names().choices, help_text="What it is")
    deactivate = Integer(help_text="How many stand as the import made them, and are deactivated")
    keep = Integer(help_text="How many were changed since or are in use, and stay")


class ImportUndo(serializers.Serializer):
    """What deactivating an import does; the work itself is a job, whose progress stands in `import`."""

    dry_run = Flag(help_text="Whether this only says what would be done")
    things = ListOf(child=ImportUndoCount(), help_text="How many of each type")
    # The member's name is a word of Python.
    locals()["import"] = Import(help_text="The import as it is now")
