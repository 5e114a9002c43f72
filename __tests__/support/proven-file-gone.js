module.exports = require("./proven-file.js").remove;
