"""The one base of every page: what a role may read, of whom, in pages of fixed cost.

Every list and every detail starts from what the user may see, so a record of another branch is as
unknown as one that does not exist. Nothing can be added, changed or deleted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.functional import Promise

from perisai.api.pagination import after, keys_of, read_cursor, write_cursor
from perisai.errors import CursorInvalid
from perisai.models import Role, User

M = TypeVar("M", bound=Model)
if TYPE_CHECKING:
    Page = admin.ModelAdmin[M]
    Lines = ChangeList
else:

    class Page(admin.ModelAdmin):
        """Django's page, with the type parameter that its stubs give it."""

        def __class_getitem__(cls, _types):
            return cls

    Lines = ChangeList

AFTER = "after"
PER_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One labelled value of a detail page."""

    label: Promise | str
    value: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A small table on a detail page."""

    title: Promise | str
    columns: Sequence[Promise | str]
    rows: Sequence[Sequence[object]]
    note: Promise | str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """What a detail page shows of one record."""

    title: str
    facts: Sequence[Fact]
    sections: Sequence[Section] = ()


class KeysetLines(Lines):
    """A list that goes on by key: nothing is counted, and page 29,000 costs what page 1 does."""

    next_query: str = ""
    first_query: str = ""
    is_further: bool = False

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[Any]:
        """The filtered rows; the cursor is no filter, and a filter begins at the first page."""
        for params in (self.params, self.filter_params):
            params.pop(AFTER, None)
        return super().get_queryset(request, exclude_parameters)

    def get_ordering(self, request: HttpRequest, queryset: Any) -> Any:
        """The page's own order, whatever is asked for: its columns are the cursor."""
        return list(keyset_of(self.model_admin))

    def get_results(self, request: HttpRequest) -> None:
        """One page and one row more, by one statement. A false cursor is an unknown page."""
        ordering = keyset_of(self.model_admin)
        salt = f"{request.path}|{','.join(ordering)}"
        rows = self.queryset
        if cursor := request.GET.get(AFTER):
            self.is_further = True
            self.first_query = self.get_query_string()
            try:
                rows = rows.filter(after(ordering, read_cursor(cursor, salt)))
            except CursorInvalid as fault:
                raise Http404 from fault
        found = list(rows[: self.list_per_page + 1])
        self.result_list = found[: self.list_per_page]
        if len(found) > self.list_per_page:
            last = write_cursor(keys_of(self.result_list[-1], ordering), salt)
            self.next_query = self.get_query_string({AFTER: last})
        self.result_count = len(self.result_list)
        self.full_result_count = self.result_count
        self.show_full_result_count = False
        self.show_admin_actions = False
        self.can_show_all = False
        self.multi_page = bool(self.next_query)


class ScopedAdmin(Page[M]):
    """List and detail of one model, read-only.

    Subclasses name `title` (plural), `readers`, `scoped()` and `detail()`; personal data leaves
    them masked, but for what the user's role may read (R37).
    """

    title: ClassVar[Promise | str]
    readers: ClassVar[frozenset[Role]]

    keyset: ClassVar[tuple[str, ...]] = ("-id",)
    list_per_page = PER_PAGE
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = None
    sortable_by = ()
    change_list_template = "supervision/list.html"

    def scoped(self, user: User) -> QuerySet[M]:
        """The rows that a user may see."""
        raise NotImplementedError  # each subclass says it

    def detail(self, record: M, user: User) -> Detail:
        """What is shown of one record; a fixed number of statements."""
        raise NotImplementedError  # each subclass says it

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """By the key."""
        return list(self.keyset)

    def get_queryset(self, request: HttpRequest) -> QuerySet[M]:
        """Where every list, detail and filter starts."""
        user = office_user(request)
        rows = self.scoped(user)
        return rows if user.role in self.readers else rows.none()

    def get_urls(self) -> list[URLPattern]:
        """Two routes: there is no form to add, delete or look up the history of."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        guarded = self.admin_site.admin_view
        return [
            path("", guarded(self.changelist_view), name=f"{name}_changelist"),
            path("<path:object_id>/change/", guarded(self.change_view), name=f"{name}_change"),
        ]

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the menu names it; the login page has no menu."""
        return isinstance(request.user, User) and request.user.role in self.readers

    def has_view_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        """By role; which rows is the queryset's matter."""
        return office_user(request).role in self.readers

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        """Never."""
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """The list's own filters alone.

        Any column in the address would give away what its page masks, a birth date in ten tries.
        """
        return lookup in {getattr(one, "parameter_name", None) for one in self.list_filter}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Lists go by key."""
        return KeysetLines

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One page of the list; nothing is sent to it."""
        _must_be_read(request)
        return super().changelist_view(request, {"title": self.title} | (extra_context or {}))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One record. Another branch's is as unknown as one that does not exist: 404."""
        _must_be_read(request)
        if object_id is None or not self.has_view_permission(request):
            raise PermissionDenied
        record = self.get_object(request, unquote(object_id))
        if record is None:
            raise Http404
        shown = self.detail(record, office_user(request))
        context = self.admin_site.each_context(request) | {
            "title": shown.title,
            "detail": shown,
            "list_title": self.title,
            "list_url": f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist",
            "opts": self.opts,
        }
        return TemplateResponse(request, "supervision/detail.html", context | (extra_context or {}))


def keyset_of(page: object) -> tuple[str, ...]:
    """The columns that a page's list is ordered and continued by."""
    return page.keyset if isinstance(page, ScopedAdmin) else ("pk",)


def office_user(request: HttpRequest) -> User:
    """Who is asking. Raises PermissionDenied for somebody without a login."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def _must_be_read(request: HttpRequest) -> None:
    if request.method not in {"GET", "HEAD"}:
        raise PermissionDenied
