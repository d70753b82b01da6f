import { suite } from "../../suite.js";

export const runtime = "nodejs";
export const POST = suite;
