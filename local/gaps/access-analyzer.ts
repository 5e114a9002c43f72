import { AwsError, object, page, text, type AwsRequest, type JsonObject } from "../aws-message";
import type { Gap } from "../gap";

const ROUTES = {
  "PUT /analyzer": "CreateAnalyzer",
  "GET /analyzer": "ListAnalyzers",
  "GET /analyzer/{analyzerName}/archive-rule": "ListArchiveRules",
  "GET /analyzer/{analyzerName}": "GetAnalyzer",
  "PUT /analyzer/{analyzerName}": "UpdateAnalyzer",
  "DELETE /analyzer/{analyzerName}": "DeleteAnalyzer",
  "GET /tags/{resourceArn+}": "ListTagsForResource",
  "POST /tags/{resourceArn+}": "TagResource",
  "DELETE /tags/{resourceArn+}": "UntagResource",
};

/** Analyzers of Access Analyzer; moto has none of it. They find nothing here: findings are AWS's. */
export function accessAnalyzerGap(): Gap {
  const analyzers = new Map<string, JsonObject>();
  const key = (request: AwsRequest, name: string): string => `${request.accountId}|${request.region}|${name}`;
  const find = (request: AwsRequest): JsonObject => {
    const name = text(request.input["analyzerName"]);
    const found = analyzers.get(key(request, name));
    if (!found) throw new AwsError("ResourceNotFoundException", `There is no analyzer ${name}.`, 404);
    return found;
  };
  const byArn = (request: AwsRequest): JsonObject => {
    const found = [...analyzers.values()].find((analyzer) => analyzer["arn"] === request.input["resourceArn"]);
    if (!found) throw new AwsError("ResourceNotFoundException", "There is no such resource.", 404);
    return found;
  };
  return {
    service: "access-analyzer",
    routes: ROUTES,
    operations: {
      CreateAnalyzer: (request) => {
        const name = text(request.input["analyzerName"]);
        const id = key(request, name);
        if (analyzers.has(id)) throw new AwsError("ConflictException", `There is an analyzer ${name}.`, 409);
        const arn = `arn:aws:access-analyzer:${request.region}:${request.accountId}:analyzer/${name}`;
        analyzers.set(id, {
          arn,
          name,
          type: request.input["type"],
          createdAt: "2024-01-01T00:00:00Z",
          status: "ACTIVE",
          tags: { ...object(request.input["tags"]) },
          configuration: request.input["configuration"],
        });
        return { arn };
      },
      GetAnalyzer: (request) => ({ analyzer: find(request) }),
      ListAnalyzers: (request) => {
        const own = [...analyzers].filter(([id]) => id.startsWith(key(request, ""))).map(([, analyzer]) => analyzer);
        const asked = request.input["type"];
        const { items, next } = page(
          own.filter((analyzer) => asked === undefined || analyzer["type"] === asked),
          request.input["nextToken"],
          Number(text(request.input["maxResults"], "100")),
        );
        return { analyzers: items, nextToken: next };
      },
      UpdateAnalyzer: (request) => {
        const analyzer = find(request);
        analyzer["configuration"] = request.input["configuration"];
        return { configuration: analyzer["configuration"] };
      },
      DeleteAnalyzer: (request) => {
        find(request);
        analyzers.delete(key(request, text(request.input["analyzerName"])));
        return {};
      },
      ListArchiveRules: () => ({ archiveRules: [] }),
      ListTagsForResource: (request) => ({ tags: byArn(request)["tags"] }),
      TagResource: (request) => {
        const analyzer = byArn(request);
        analyzer["tags"] = { ...object(analyzer["tags"]), ...object(request.input["tags"]) };
        return {};
      },
      UntagResource: (request) => {
        const analyzer = byArn(request);
        const gone = request.query.getAll("tagKeys");
        analyzer["tags"] = Object.fromEntries(
          Object.entries(object(analyzer["tags"])).filter(([name]) => !gone.includes(name)),
        );
        return {};
      },
    },
  };
}
