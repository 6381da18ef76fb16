// What `npx convex codegen` writes, which needs a deployment to run.
import { anyApi } from 'convex/server';

export const api = anyApi;
export const internal = anyApi;
