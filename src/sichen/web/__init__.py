# SPDX-License-Identifier: Apache-2.0
"""The workbench: pages, REST interface and live measuring in a browser. It translates; packages below decide."""

from sichen.web.app import create_app
from sichen.web.serve import serve

__all__ = ["create_app", "serve"]
