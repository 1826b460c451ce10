FROM python:3.13-slim AS build
WORKDIR /app
COPY requirements.lock .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.lock

FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PATH=/venv/bin:$PATH HOST=0.0.0.0 PORT=8000
WORKDIR /app
COPY --from=build /venv /venv
COPY server.py cli.py ./
COPY schema schema
COPY commands commands
COPY resolvers resolvers
COPY services services
COPY supabase supabase
COPY web web
RUN useradd --system sessionpay
USER sessionpay
EXPOSE 8000
CMD ["python", "server.py"]
