//! The fake Zoho: an authorization server and a small CRM as a pure state machine.
