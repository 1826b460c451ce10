"""The embedded checkout in a real browser: stripe.js, the frame, and what follows payment."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, async_playwright

from tests.sandbox.stripe_rig import SDK_WARNING, Rig, running

pytestmark = [
    pytest.mark.filterwarnings(SDK_WARNING),
    pytest.mark.browser,
]


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


@pytest.fixture
async def page(chromium_path: str) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield await browser.new_page(viewport={"width": 390, "height": 844})
        await browser.close()


async def mount(rig: Rig, page: Page, redirect: str) -> str:
    """Show a shop's page with an embedded checkout in it; the session's id."""
    return_url = None if redirect == "never" else f"{rig.base}/receipts/back"
    session = await rig.open(
        ui_mode="embedded_page",
        success_url=None,
        cancel_url=None,
        return_url=return_url,
        redirect_on_completion=redirect,
    )
    await page.goto(f"{rig.base}/receipts/shop")
    await page.set_content('<main id="checkout"></main>')
    await page.add_script_tag(url=f"{rig.base}/js/v3/")
    await page.evaluate(
        """async (clientSecret) => {
          const checkout = await Stripe("pk_test_x").createEmbeddedCheckoutPage({
            fetchClientSecret: async () => clientSecret,
            onComplete: () => { document.title = "completed"; },
          });
          checkout.mount("#checkout");
        }""",
        session.client_secret,
    )
    return str(session.id)


async def test_paying_in_the_frame_calls_on_complete(rig: Rig, page: Page) -> None:
    session_id = await mount(rig, page, "never")
    frame = page.frame_locator("iframe")
    await frame.get_by_role("link", name="Declined", exact=True).click()
    await frame.get_by_role("button", name="Pay $30.00").click()
    await frame.get_by_role("alert").wait_for()
    assert (await rig.read(session_id)).status == "open"
    await frame.get_by_role("link", name="Asks for 3D Secure").click()
    await frame.get_by_role("button", name="Pay $30.00").click()
    await frame.get_by_role("button", name="Complete").click()
    await page.wait_for_function("document.title === 'completed'")
    assert (await rig.read(session_id)).payment_status == "paid"


async def test_paying_in_the_frame_goes_to_the_return_url(rig: Rig, page: Page) -> None:
    session_id = await mount(rig, page, "always")
    await page.frame_locator("iframe").get_by_role("button", name="Pay $30.00").click()
    await page.wait_for_url("**/receipts/back")
    assert (await rig.read(session_id)).payment_status == "paid"


async def test_there_is_one_embedded_checkout_at_a_time(rig: Rig, page: Page) -> None:
    await mount(rig, page, "never")
    with pytest.raises(Exception, match="destroy"):
        await page.evaluate(
            'Stripe("pk_test_x").createEmbeddedCheckoutPage({fetchClientSecret: async () => "x"})'
        )
