import { suite } from "../../suite.js";

export const runtime = "edge";
export const POST = suite;
