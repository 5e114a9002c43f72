// Where a token was made, for messages of cdktf about it. Jest maps every frame of it back to its source: a tenth of the time of a synth.
module.exports = { captureStackTrace: () => [] };
