"""A supervisor's browser in the story: the admin's login form and its pages."""

import re
import urllib.parse

from config.local.story.teller import Answer, Teller, Web

LOGIN_PATH = "/admin/login/?next=/admin/"
CODE_PATH = "/admin/login/code/"
NIK_SHAPE = re.compile(r"(?<!\d)\d{16}(?!\d)")


class Office:
    """One supervisor at a desk."""

    def __init__(self, teller: Teller, base_url: str) -> None:
        self.teller = teller
        self.web = Web(base_url)

    def log_in(self, username: str, password: str, code: str) -> Answer:
        """Fill in the login form, then the page of the second step; the answer to that one."""
        first = self._fill_in(LOGIN_PATH, username=username, password=password, next="/admin/")
        self.teller.equals("kata sandi saja belum membuka apa pun", first.status, 302)
        closed = self.web.call("GET", "/admin/")
        self.teller.equals("halaman masih tertutup", closed.status, 302)
        return self._fill_in(CODE_PATH, code=code)

    def act(self, path: str, short: str, **fields: str) -> Answer:
        """Do one thing on a page: fill in its form and send it."""
        return self._fill_in(path, short, **fields)

    def _fill_in(self, path: str, short: str = "masuk", **fields: str) -> Answer:
        """Open a page with a form and send it."""
        form = self.web.call("GET", path)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)
        fields["csrfmiddlewaretoken"] = token[1] if token else ""
        answer = self.web.call(
            "POST",
            path,
            body=urllib.parse.urlencode(fields).encode(),
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "Referer": f"{self.web.base_url}{path}",
            },
        )
        self.teller.asked("POST", path.split("?", maxsplit=1)[0], answer, short)
        return answer

    def page(self, path: str) -> Answer:
        """Open a page; it must answer and show no NIK."""
        answer = self.web.call("GET", path)
        self.teller.asked(
            "GET", path.split("?", maxsplit=1)[0], answer, f"{len(answer.text)} huruf"
        )
        self.teller.equals("halaman terbuka", answer.status, 200)
        self.teller.holds(
            "tidak ada NIK utuh di halaman", is_true=not NIK_SHAPE.search(answer.text)
        )
        return answer
