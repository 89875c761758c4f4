"""A supervisor's browser in the story: the admin's login form and its pages."""

import re
import urllib.parse

from config.local.story.teller import Answer, Teller, Web

LOGIN_PATH = "/admin/login/?next=/admin/"
NIK_SHAPE = re.compile(r"(?<!\d)\d{16}(?!\d)")


class Office:
    """One supervisor at a desk."""

    def __init__(self, teller: Teller, base_url: str) -> None:
        self.teller = teller
        self.web = Web(base_url)

    def log_in(self, username: str, password: str) -> Answer:
        """Fill in the login form."""
        form = self.web.call("GET", LOGIN_PATH)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)
        fields = {
            "csrfmiddlewaretoken": token[1] if token else "",
            "username": username,
            "password": password,
            "next": "/admin/",
        }
        answer = self.web.call(
            "POST",
            LOGIN_PATH,
            body=urllib.parse.urlencode(fields).encode(),
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "Referer": f"{self.web.base_url}{LOGIN_PATH}",
            },
        )
        self.teller.asked("POST", "/admin/login/", answer, "masuk")
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
