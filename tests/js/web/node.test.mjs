import test from "node:test";
import { suite } from "./support/suite.mjs";

for (const { name, run } of suite) test(name, run);
