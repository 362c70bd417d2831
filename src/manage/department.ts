import type { Command } from 'commander'
import {
  deleteDepartment,
  findDepartmentByName,
  insertDepartment,
  listDepartments,
  renameDepartment
} from '../db/departments.ts'
import type { Department } from '../db/schema.ts'
import type { CommandContext, WithDatabase } from './context.ts'
import { nameFrom, OperatorError, printRows } from './terminal.ts'

export function departmentCommand(department: Command, run: WithDatabase): void {
  department
    .command('add <name>')
    .description('add a department and print its id')
    .action((typed: string) =>
      run(async (context) => {
        const name = nameFrom(typed)
        const added = await insertDepartment(context.db, name)
        if (!added) throw await nameIsTaken(context, name)
        printRows(context, [[added.id, added.name]])
      })
    )

  department
    .command('list')
    .description('print id and name of every department')
    .action(() =>
      run(async (context) => {
        const departments = await listDepartments(context.db)
        printRows(
          context,
          departments.map(({ id, name }) => [id, name])
        )
      })
    )

  department
    .command('rename <name>')
    .description('give a department another name; its id stays')
    .requiredOption('--to <new name>', 'what it is called from now on')
    .action((typed: string, options: { to: string }) =>
      run(async (context) => {
        const { id } = await departmentFrom(context, typed)
        const name = nameFrom(options.to)
        const renamed = await renameDepartment(context.db, id, name)
        if (!renamed) throw await nameIsTaken(context, name)
        printRows(context, [[renamed.id, renamed.name]])
      })
    )

  department
    .command('delete <name>')
    .description('delete a department where nobody works')
    .action((typed: string) =>
      run(async (context) => {
        const { id, name } = await departmentFrom(context, typed)
        if (!(await deleteDepartment(context.db, id)))
          throw new OperatorError(`Somebody works at "${name}"; move or remove its staff first.`)
        printRows(context, [[id, name, 'deleted']])
      })
    )
}

/** Finds the department whose name was typed. @throws OperatorError when there is none */
export async function departmentFrom({ db }: CommandContext, typed: string): Promise<Department> {
  const name = nameFrom(typed)
  const department = await findDepartmentByName(db, name)
  if (!department) throw new OperatorError(`There is no department named "${name}".`)
  return department
}

async function nameIsTaken({ db }: CommandContext, name: string): Promise<OperatorError> {
  const alike = await findDepartmentByName(db, name)
  return new OperatorError(`There is a department named "${alike?.name ?? name}" already.`)
}
