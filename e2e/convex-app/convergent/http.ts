// The route is the typical app's.
export { default } from '../convex/http';
