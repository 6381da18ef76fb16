// What `npx convex codegen` writes, which needs a deployment to run.
export {
  httpActionGeneric as httpAction,
  internalMutationGeneric as internalMutation,
  queryGeneric as query,
} from 'convex/server';
