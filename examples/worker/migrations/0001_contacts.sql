CREATE TABLE contacts (id TEXT PRIMARY KEY, First_Name TEXT, Last_Name TEXT, Email TEXT, Modified_Time TEXT);
-- `since`: when the last complete pass started. `began`: when the current pass started. `page_token`: its next page.
CREATE TABLE sync (module TEXT PRIMARY KEY, since TEXT, began TEXT, page_token TEXT);
