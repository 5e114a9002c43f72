/**
 * Imported before the SDK: its notice about the end of support for Node 20 is for whoever maintains this project, not for whoever runs
 * a command (the versions of the SDK are pinned). A switch of the SDK's own; what the user has set stays.
 */
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
