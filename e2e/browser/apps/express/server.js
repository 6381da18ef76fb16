import { clerkClient, clerkMiddleware, getAuth } from '@clerk/express';
import express from 'express';

const app = express();
app.use(clerkMiddleware());

app.get('/api/me', async (request, response) => {
  const { isAuthenticated, userId } = getAuth(request);
  if (!isAuthenticated) return response.status(401).json({ error: 'signed out' });
  const user = await clerkClient.users.getUser(userId);
  response.json({ userId, email: user.primaryEmailAddress.emailAddress });
});

const server = app.listen(0, 'localhost', () => console.log(`listening on http://localhost:${server.address().port}`));
