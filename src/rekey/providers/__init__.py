"""Accounts, clusters and Vaults on which containment acts; one room for each kind.

Each room exports ``connect`` and, where it can keep secrets, ``open_store``
(:class:`rekey.containment.interface.Connect`, :class:`rekey.containment.interface.OpenStore`). Their
SDKs are optional: ``pip install '.[aws]'``. Importing a room needs its SDK, and nothing else does.
"""
