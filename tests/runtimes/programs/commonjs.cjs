const grantkit = require("grantkit");
const testing = require("grantkit/testing");
const { program } = require("../support/program.mjs");

program(grantkit, testing);
