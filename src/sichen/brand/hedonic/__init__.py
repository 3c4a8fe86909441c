# SPDX-License-Identifier: Apache-2.0
"""What of a price is the watch and what is the brand."""

from sichen.brand.hedonic.listings import Listings, Specification, read_listings
from sichen.brand.hedonic.premium import Effect, Hedonic, fit_hedonic

__all__ = ["Effect", "Hedonic", "Listings", "Specification", "fit_hedonic", "read_listings"]
