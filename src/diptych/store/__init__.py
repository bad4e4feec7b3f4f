"""Rows in and out of ClickHouse. Nothing outside knows whether it is embedded or a server."""
