import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import type { Readable } from "node:stream";
import { BaselineError } from "../../kernel/errors";
import type { LogFile } from "./log-file";

/** Everything that speaks to S3. Loaded only where logs are in a bucket: the SDK takes a while. */

export interface ObjectPlace {
  readonly bucket: string;
  readonly key: string;
}

/** A client with the credentials and the endpoint of the environment; the region of the bucket is found by following AWS's redirect. */
export function s3Client(): S3Client {
  const local = process.env["AWS_ENDPOINT_URL_S3"] ?? process.env["AWS_ENDPOINT_URL"];
  return new S3Client({
    region: process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"] ?? "us-east-1",
    followRegionRedirects: true,
    ...(local ? { endpoint: local, forcePathStyle: true } : {}),
  });
}

/** All objects below a prefix, page by page, in the order of their keys. */
export async function* listObjects(source: {
  readonly bucket: string;
  readonly prefix: string;
}): AsyncGenerator<Omit<LogFile, "named">> {
  const s3 = s3Client();
  let token: string | undefined;
  try {
    do {
      const page = await s3.send(
        new ListObjectsV2Command({
          Bucket: source.bucket,
          Prefix: source.prefix,
          ...(token ? { ContinuationToken: token } : {}),
        }),
      );
      for (const { Key: key, Size: bytes = 0 } of page.Contents ?? [])
        if (key !== undefined)
          yield { name: `s3://${source.bucket}/${key}`, bytes, place: { bucket: source.bucket, key } };
      token = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (token);
  } catch (error) {
    throw listProblem(error, `s3://${source.bucket}/${source.prefix}`);
  } finally {
    s3.destroy();
  }
}

/** The content of a small object. */
export async function fetchObject(s3: S3Client, { bucket, key }: ObjectPlace): Promise<Buffer> {
  const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return body ? Buffer.from(await body.transformToByteArray()) : Buffer.alloc(0);
}

/** An object as it comes. */
export async function streamObject(s3: S3Client, { bucket, key }: ObjectPlace): Promise<Readable | undefined> {
  const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return body as Readable | undefined;
}

/** A piece of an object, from `start` up to, not with, `end`. */
export async function sliceObject(
  s3: S3Client,
  { bucket, key }: ObjectPlace,
  start: number,
  end: number,
): Promise<ArrayBuffer> {
  if (end <= start) return new ArrayBuffer(0);
  const { Body: body } = await s3.send(
    new GetObjectCommand({ Bucket: bucket, Key: key, Range: `bytes=${start}-${end - 1}` }),
  );
  return body ? new Uint8Array(await body.transformToByteArray()).buffer : new ArrayBuffer(0);
}

function listProblem(error: unknown, place: string): unknown {
  if (error instanceof BaselineError) return error;
  const { name, message } = error as Error;
  const fixes: Readonly<Record<string, string>> = {
    NoSuchBucket: "Give the name of the bucket that the trail writes to.",
    AccessDenied:
      "The credentials need s3:ListBucket on the bucket and s3:GetObject on the logs; an encrypted trail also kms:Decrypt.",
    CredentialsProviderError: "Sign in, for example with aws sso login, and set AWS_PROFILE.",
  };
  return new BaselineError(
    [
      {
        code: "CLOUDTRAIL-S3",
        message: `${place} could not be listed: ${name}: ${message}`,
        fix: fixes[name] ?? "Try again; aws s3 ls with the same credentials shows whether it is the network.",
      },
    ],
    1,
  );
}
