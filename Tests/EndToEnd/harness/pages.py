"""The console's pages, as a test walks through them."""

PAGES = ["", "map", "records", "policies", "ai", "guarantees", "objects"]

#: A page has begun, and waits for nothing.
CALM = "document.body.dataset.begun && !document.querySelector('[aria-busy=true]')"


def login(page, console, key="operator", path="/"):
    """Opens a path, and shows the key on the form that comes first."""
    page.open(console.url + path)
    page.wait("document.querySelector('#key')")
    page.click("#key")
    page.type(console.keys[key])
    page.key("Enter")
    page.wait(CALM)


def show(page, console, path):
    """Opens a page, and waits until it has what it asked for."""
    page.open(f"{console.url}/{path}")
    page.wait(CALM)


def strangers(page, console):
    """Whatever was fetched from elsewhere."""
    return [url for url in page.requests if not url.startswith((console.url, "about:", "data:"))]
