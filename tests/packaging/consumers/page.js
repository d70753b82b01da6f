import "../../runtimes/programs/page.mjs";
