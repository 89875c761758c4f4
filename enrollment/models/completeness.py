"""Who is a draft (R24), as a condition on rows; `missing_of()` names what one member lacks."""

from django.db.models import Exists, OuterRef, Q

from enrollment.models.member import MemberOccupation, lacks_columns


def lacks_data(path: str = "") -> Q:
    """The condition that R24 still asks for something; `path` leads to the member."""
    main = MemberOccupation.objects.filter(member=OuterRef(f"{path}pk"), is_main=True)
    return lacks_columns(path) | ~Q(Exists(main))
