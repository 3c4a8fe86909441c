# SPDX-License-Identifier: Apache-2.0
"""How the documentation is built: MyST pages, MathML without a script, no request to anybody."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "Sichen"
author = "The Sichen authors"
project_copyright = "The Sichen authors, CC-BY-4.0"
extensions = ["myst_parser", "plain_mathml"]
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
html_theme = "furo"
html_title = "Sichen 司辰"
html_math_renderer = "mathml"
exclude_patterns = ["roadmap.md"]
