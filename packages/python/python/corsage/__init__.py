"""CORS as browsers do it: policies that are checked, middleware that stands outside everything, assertions judged by
the browser's half, and explanations.

```python
from corsage import Policy
from corsage.asgi import CorsMiddleware

policy = Policy(allow_origins=["https://app.example"], allow_methods=["PUT"], allow_headers=["content-type"])
app = CorsMiddleware(app, policy)
```
"""

from ._explain import Explanation, explain, explain_har
from ._foreign import ConversionError, from_django_settings, from_flask_cors, from_starlette
from ._install import install
from ._native import Converted, Policies, Policy, PolicyError, Problem
from ._warn import PolicyWarning

__all__ = [
    "ConversionError",
    "Converted",
    "Explanation",
    "Policies",
    "Policy",
    "PolicyError",
    "PolicyWarning",
    "Problem",
    "explain",
    "explain_har",
    "from_django_settings",
    "from_flask_cors",
    "from_starlette",
    "install",
]
