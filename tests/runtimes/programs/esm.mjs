import * as grantkit from "grantkit";
import * as testing from "grantkit/testing";
import { program } from "../support/program.mjs";

await program(grantkit, testing);
