CREATE TABLE contacts (id TEXT PRIMARY KEY, First_Name TEXT, Last_Name TEXT, Email TEXT, Modified_Time TEXT);
-- `since`: when the last whole pass began. `began` and `page_token`: how far the one under way has come.
CREATE TABLE sync (module TEXT PRIMARY KEY, since TEXT, began TEXT, page_token TEXT);
