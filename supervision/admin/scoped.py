"""The one base of every page: what a role may read, of whom, in pages of fixed cost.

Every list and every detail starts from what the user may see, so a record of another branch is as
unknown as one that does not exist. What may be done there are its acts; nothing else can be
added, changed or deleted.
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
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise

from perisai.api.pagination import after, keys_of, read_cursor, write_cursor
from perisai.errors import CursorInvalid
from perisai.models import Role, User
from supervision.admin.acting import Act, Offer, Place, act_page

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
    """A small table on a detail page; `empty` says why it has no rows."""

    title: Promise | str
    columns: Sequence[Promise | str]
    rows: Sequence[Sequence[object]]
    note: Promise | str = ""
    empty: Promise | str = ""


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
    """List and detail of one model, with what may be done there.

    Subclasses name `title` (plural), `readers`, `scoped()`, `detail()` and perhaps `acts`; personal
    data leaves them masked, but for what the user's role may read (R37).
    """

    title: ClassVar[Promise | str]
    readers: ClassVar[frozenset[Role]]
    acts: ClassVar[tuple[Act[Any], ...]] = ()

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

    def called(self, record: M, user: User) -> str:
        """What a record is called in headings and on the way back to it, as the user may read."""
        return str(record)

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
        """List, detail and acts: there is no form to add, delete or look up the history of."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        guarded = self.admin_site.admin_view
        routes = [
            path("", guarded(self.changelist_view), name=f"{name}_changelist"),
            path("<path:object_id>/change/", guarded(self.change_view), name=f"{name}_change"),
        ]
        if any(act.is_for_list for act in self.acts):
            of_list = guarded(self.list_act_view)
            routes.append(path("act/<slug:act_name>/", of_list, name=f"{name}_list_act"))
        if any(not act.is_for_list for act in self.acts):
            of_one = guarded(self.act_view)
            routes.append(path("<path:object_id>/act/<slug:act_name>/", of_one, name=f"{name}_act"))
        return routes

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
        must_be_read(request)
        context = {"title": self.title, "offers": self._offers(None, office_user(request))}
        return super().changelist_view(request, context | (extra_context or {}))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One record. Another branch's is as unknown as one that does not exist: 404."""
        must_be_read(request)
        if object_id is None or not self.has_view_permission(request):
            raise PermissionDenied
        record = self.get_object(request, unquote(object_id))
        if record is None:
            raise Http404
        shown = self.detail(record, office_user(request))
        context = self.admin_site.each_context(request) | {
            "title": shown.title,
            "detail": shown,
            "offers": self._offers(record, office_user(request)),
            "list_title": self.title,
            "list_url": self._url("changelist"),
            "opts": self.opts,
        }
        return TemplateResponse(request, "supervision/detail.html", context | (extra_context or {}))

    def list_act_view(self, request: HttpRequest, act_name: str) -> HttpResponse:
        """Something that is done without a record, such as making one."""
        return self._act(request, act_name, None)

    def act_view(self, request: HttpRequest, object_id: str, act_name: str) -> HttpResponse:
        """Something that is done with one record. Another branch's record is unknown: 404."""
        record = self.get_object(request, unquote(object_id))
        if record is None and self.has_view_permission(request):
            raise Http404
        return self._act(request, act_name, record)

    def _act(self, request: HttpRequest, name: str, record: M | None) -> HttpResponse:
        user = office_user(request)
        kinds = [act for act in self.acts if act.is_for_list is (record is None)]
        act = next((act for act in kinds if act.name == name), None)
        if user.role not in self.readers or (act is not None and user.role not in act.doers):
            raise PermissionDenied
        if act is None:
            raise Http404
        back_url = self._url("changelist") if record is None else self._url("change", record.pk)
        place = Place(
            url=request.path,
            back_url=back_url,
            back_title=self.title if record is None else self.called(record, user),
            context=self.admin_site.each_context(request)
            | {"opts": self.opts, "list_title": self.title, "list_url": self._url("changelist")},
        )
        return act_page(act, record, request=request, user=user, place=place)

    def _offers(self, record: M | None, user: User) -> list[Offer]:
        """Links to what this user may do here now."""
        offers = []
        for act in self.acts:
            fits = act.is_for_list is (record is None) and user.role in act.doers
            if fits and act.is_offered(record, user):
                arguments = [act.name] if record is None else [record.pk, act.name]
                kind = "list_act" if record is None else "act"
                url = self._url(kind, *arguments)
                offers.append(Offer(title=act.title, url=url, is_grave=act.is_grave))
        return offers

    def _url(self, kind: str, *arguments: object) -> str:
        route = f"admin:{self.opts.app_label}_{self.opts.model_name}_{kind}"
        return reverse(route, args=arguments)


def keyset_of(page: object) -> tuple[str, ...]:
    """The columns that a page's list is ordered and continued by."""
    return page.keyset if isinstance(page, ScopedAdmin) else ("pk",)


def office_user(request: HttpRequest) -> User:
    """Who is asking. Raises PermissionDenied for somebody without a login."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def must_be_read(request: HttpRequest) -> None:
    """Raises PermissionDenied for whatever is not a reading."""
    if request.method not in {"GET", "HEAD"}:
        raise PermissionDenied
