"""Every route of the product, put together as one ASGI app."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Mount, Route

from resolvers.context import context_of
from resolvers.correlation import HEADER, Correlation
from resolvers.cron import process_payouts
from resolvers.health import healthz, readyz
from resolvers.http import GraphQLEndpoint
from resolvers.ide import IdeFiles
from resolvers.options import GraphQLOptions
from resolvers.pages import page_routes
from resolvers.pay import pay_routes
from resolvers.root import build_schema
from resolvers.webhooks import (
    calendly_webhook,
    sendgrid_webhook,
    stripe_webhook,
    telegram_webhook,
)
from services.app import App
from services.auth import TokenVerifier


def web_app(
    app: App, verifier: TokenVerifier, *, more: Sequence[BaseRoute], in_sandbox: bool
) -> Starlette:
    """The product's routes, with `more` between the API and the pages."""
    settings = app.settings
    options = GraphQLOptions(
        ide=in_sandbox if settings.graphql_ide is None else settings.graphql_ide,
        introspection=in_sandbox
        if settings.graphql_introspection is None
        else settings.graphql_introspection,
        suggestions=in_sandbox,
    )
    endpoint = GraphQLEndpoint(build_schema(options), context_of(app, verifier), options)
    routes: list[BaseRoute] = [
        Route("/graphql", endpoint, methods=["GET", "POST"]),
        Route("/webhooks/stripe", stripe_webhook, methods=["POST"]),
        Route("/webhooks/calendly", calendly_webhook, methods=["POST"]),
        Route("/webhooks/sendgrid", sendgrid_webhook, methods=["POST"]),
        Route("/webhooks/telegram", telegram_webhook, methods=["POST"]),
        Route("/api/cron/process-payouts", process_payouts, methods=["POST"]),
        Route("/healthz", healthz, methods=["GET"]),
        Route("/readyz", readyz, methods=["GET"]),
    ]
    if options.ide:
        routes.append(Mount("/graphql/ide", IdeFiles()))
    routes += [*more, *pay_routes(), *page_routes(app)]
    cors = Middleware(
        CORSMiddleware,
        allow_origins=sorted(settings.return_origins),
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "content-type", HEADER],
        expose_headers=[HEADER],
        max_age=600,
    )
    web = Starlette(routes=routes, middleware=[Middleware(Correlation), cors])
    web.state.app = app
    web.state.sandbox = in_sandbox
    return web
