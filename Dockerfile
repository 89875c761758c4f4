# One image for web, worker, beat and migrate: no compiler, no embedded database, no root.
FROM python:3.11-slim AS wheels
WORKDIR /build
COPY requirements.txt .
RUN python -m venv /opt/venv && \
    /opt/venv/bin/pip install --no-cache-dir --require-hashes --requirement requirements.txt

FROM python:3.11-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin perisai
RUN install -d -o perisai /var/lib/perisai
WORKDIR /app
COPY --from=wheels /opt/venv /opt/venv
COPY manage.py ./
COPY config ./config
COPY perisai ./perisai
COPY sync ./sync
COPY enrollment ./enrollment
COPY payments ./payments
COPY retention ./retention
COPY supervision ./supervision
COPY seeds ./seeds
# Translations are text in the repository; the image carries what gettext reads.
RUN python -m config.local.catalogues compile
# Static files are built into the image; the values below serve this one step and are not kept.
RUN PERISAI_ENV=local SECRET_KEY=build ALLOWED_HOSTS=localhost PUBLIC_HOST=localhost \
    ADMIN_HOST=localhost PARTNER_HOST=localhost DATABASE_URL=postgres://build@localhost/build \
    REDIS_URL=redis://localhost/0 CACHE_URL=redis://localhost/1 \
    FIELD_KEYS_FILE=/nonexistent INDEX_KEYS_FILE=/nonexistent PROOF_KEYS_FILE=/nonexistent \
    STATICFILES_HASHED=1 \
    python manage.py collectstatic --noinput
USER 10001
EXPOSE 8000
CMD ["gunicorn", "config.wsgi:application", "--config", "config/gunicorn.py"]
