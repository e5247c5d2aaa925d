# A Hugging Face Space (sdk: docker) or any container host. Every step that does something is a script of this
# repository, so that `make prove-image` can run the same steps where there is no Docker engine.
FROM python:3.11-slim-bookworm

RUN useradd --create-home --uid 1000 user
WORKDIR /app

# The packages first: this layer is rebuilt only when the lock changes.
COPY scripts/install.sh scripts/install.sh
COPY requirements.txt .
RUN PYTHON=python3 scripts/install.sh /opt/venv requirements.txt && rm -rf ~/.cache

COPY . .
RUN docker/build.sh /opt/venv

USER user
ENV MGC_VENV=/opt/venv
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["docker/healthy.sh"]
CMD ["docker/start.sh"]
