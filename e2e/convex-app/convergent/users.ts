import type { UserJSON } from '@clerk/backend';
import { v, type Validator } from 'convex/values';
import { internalMutation, type QueryCtx } from './_generated/server';

export const upsertFromClerk = internalMutation({
  args: { data: v.any() as Validator<UserJSON> },
  handler: async (ctx, { data }) => {
    const attributes = {
      name: [data.first_name, data.last_name].filter(Boolean).join(' ') || 'Anonymous',
      externalId: data.id,
      email: data.email_addresses.find(({ id }) => id === data.primary_email_address_id)?.email_address,
      imageUrl: data.image_url,
      clerkUpdatedAt: data.updated_at,
    };
    if ((await tombstone(ctx, data.id)) !== null) return;
    const user = await userByExternalId(ctx, data.id);
    if (user === null) {
      await ctx.db.insert('users', attributes);
    } else if (user.clerkUpdatedAt < data.updated_at) {
      await ctx.db.patch(user._id, attributes);
    }
  },
});

export const deleteFromClerk = internalMutation({
  args: { clerkUserId: v.string() },
  handler: async (ctx, { clerkUserId }) => {
    if ((await tombstone(ctx, clerkUserId)) === null) {
      await ctx.db.insert('deletedUsers', { externalId: clerkUserId });
    }
    const user = await userByExternalId(ctx, clerkUserId);
    if (user !== null) await ctx.db.delete(user._id);
  },
});

function tombstone(ctx: QueryCtx, externalId: string) {
  return ctx.db
    .query('deletedUsers')
    .withIndex('byExternalId', (q) => q.eq('externalId', externalId))
    .unique();
}

function userByExternalId(ctx: QueryCtx, externalId: string) {
  return ctx.db
    .query('users')
    .withIndex('byExternalId', (q) => q.eq('externalId', externalId))
    .unique();
}
