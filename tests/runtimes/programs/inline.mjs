import * as grantkit from "grantkit/inline";
import * as testing from "grantkit/testing";
import { program } from "../support/program.mjs";

await program(grantkit, testing);
