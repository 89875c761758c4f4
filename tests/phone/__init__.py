"""A reference phone: what an app must do to keep the contract, in plain Python and SQLite.

It imports nothing but Python's standard library and itself, so the folder can be copied out and
read, or run, without the server's code. Read it in this order: `wire` (bytes and digests),
`transport` (one call), `store` (what survives a dead battery), `outbox` (what was captured), `book`
(what the server confirmed), `advice` (what each refusal means), `exchange` (one call with its
headers), `sending`, `fetching`, `sync` (the loop), `lost` (orders to wipe), `app` (what a screen
calls). `cover`, `work_list` and `prices` derive what no phone stores. `docs/phone-client.md` is the
same in prose.
"""
