"""The bytes of a declared file: how far they came, and the next piece."""

import re
from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from perisai.api.callers import pushing_device
from perisai.api.permissions import IsPushingAgent
from perisai.errors import FieldError
from sync.api.parsers import PieceParser
from sync.errors import InvalidEnvelope
from sync.services.uploads import append_piece, upload_of

OFFSET_SHAPE = re.compile(r"[0-9]{1,9}")
OFFSET = "Upload-Offset"


class AttachmentView(APIView):
    """HEAD tells where a file stands; PATCH sends its next piece. Another agent's is unknown."""

    permission_classes = [IsPushingAgent]
    parser_classes = [PieceParser]

    def head(self, request: Request, upload_id: UUID) -> Response:
        """The offset of the next byte, the length, and the state."""
        upload = upload_of(pushing_device(request).agent_id, upload_id)
        headers = {
            OFFSET: str(upload.offset),
            "Upload-Length": str(upload.size),
            "Upload-State": upload.state,
            "Cache-Control": "no-store",
        }
        return Response(headers=headers)

    @extend_schema(
        parameters=[
            OpenApiParameter(
                OFFSET,
                int,
                OpenApiParameter.HEADER,
                required=True,
                description="Where the piece begins; the answer says where the next one does.",
            )
        ],
        request={PieceParser.media_type: OpenApiTypes.BINARY},
        responses={204: OpenApiResponse(description="Kept; `Upload-Offset` is the new one.")},
    )
    def patch(self, request: Request, upload_id: UUID) -> Response:
        """A piece of at most 512 KiB counts whole or not at all; safe to repeat after a HEAD."""
        offset = request.headers.get(OFFSET, "")
        if not OFFSET_SHAPE.fullmatch(offset):
            raise InvalidEnvelope(errors=(FieldError(pointer=OFFSET, code="required"),))
        received: Any = request.data  # what PieceParser made; nothing of an empty body
        piece: bytes = received or b""
        agent_id = pushing_device(request).agent_id
        reached = append_piece(agent_id, upload_id, offset=int(offset), piece=piece)
        return Response(status=status.HTTP_204_NO_CONTENT, headers={OFFSET: str(reached)})
