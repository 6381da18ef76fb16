import { defineSchema, defineTable } from 'convex/server';
import { v } from 'convex/values';

export default defineSchema({
  users: defineTable({
    name: v.string(),
    externalId: v.string(),
    email: v.optional(v.string()),
    imageUrl: v.optional(v.string()),
    clerkUpdatedAt: v.number(),
  }).index('byExternalId', ['externalId']),
  // Whoever is in here is gone for good: Clerk gives no id twice.
  deletedUsers: defineTable({ externalId: v.string() }).index('byExternalId', ['externalId']),
});
