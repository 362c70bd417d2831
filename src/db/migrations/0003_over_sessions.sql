-- On a large table make this index before, concurrently (docs/upgrades.md): here it keeps sign-ins waiting.
CREATE INDEX IF NOT EXISTS "sessions_over_at" ON "sessions" USING btree (least("absolute_expires_at", "ended_at"));--> statement-breakpoint
-- contract: no release has used it.
DROP INDEX "sessions_absolute_expires_at";--> statement-breakpoint
-- contract: no release has used it.
DROP INDEX "sessions_ended_at";--> statement-breakpoint
ALTER TABLE "sessions" SET (fillfactor = 90);--> statement-breakpoint
ALTER TABLE "users" SET (fillfactor = 90);
