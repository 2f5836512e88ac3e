"""Every rule, in the order of its code: one literal table."""

from __future__ import annotations

from nnspec.validation.rule import Rule
