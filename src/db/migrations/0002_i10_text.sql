ALTER TABLE "departments" ADD COLUMN "comparable_name" text;--> statement-breakpoint
ALTER TABLE "departments" ADD CONSTRAINT "departments_comparable_name_unique" UNIQUE("comparable_name");