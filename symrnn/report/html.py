"""stub"""
from symrnn.report.page import Page


def render(page: Page) -> str:
    return ""
