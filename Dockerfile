FROM python:3.11-slim-bookworm AS build
WORKDIR /app
COPY requirements/scale.txt requirements/
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements/scale.txt
COPY . .
RUN /venv/bin/pip install --no-cache-dir --no-deps . \
 && PORTEVOIX_HOME=/built /venv/bin/portevoix nlu train

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /data portevoix
COPY --from=build /venv /venv
COPY --from=build --chown=portevoix /built/models /data/models
USER portevoix
ENV PATH=/venv/bin:$PATH PORTEVOIX_HOME=/data HOST=0.0.0.0 PORT=8000
VOLUME /data
EXPOSE 8000
HEALTHCHECK CMD python -c "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health', timeout=3)"
CMD ["portevoix", "serve"]
