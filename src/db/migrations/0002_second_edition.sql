ALTER TABLE "departments" ADD COLUMN "comparable_name" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "pair_used_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "departments" ADD CONSTRAINT "departments_comparable_name_unique" UNIQUE("comparable_name");